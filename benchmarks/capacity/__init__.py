"""What an archive of any size needs: a model of costs, checked against runs, and plans that are made with it."""
