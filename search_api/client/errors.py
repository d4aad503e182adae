"""What can go wrong when the service is asked."""

from collections.abc import Sequence

from search_api.schemas.problems import FieldProblem, Problem


class ClientError(Exception):
    """A request did not get the answer that it asked for."""


class ServiceUnreachable(ClientError):
    """No answer came: nothing listens at the address, or the connection broke, or it took too long."""


class UnexpectedAnswer(ClientError):
    """An answer came that is not what the interface describes; something else may listen at the address."""


class ServiceError(ClientError):
    """The service answered with a problem document (RFC 9457)."""

    def __init__(self, problem: Problem, request_id: str | None = None) -> None:
        """Take the document, and the id under which the log of the service has the request."""
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem
        self.request_id = request_id

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def title(self) -> str:
        """What the status means."""
        return self.problem.title

    @property
    def detail(self) -> str:
        """What is wrong with this request."""
        return self.problem.detail

    @property
    def errors(self) -> Sequence[FieldProblem]:
        """The fields that are wrong; empty if the request as a whole is refused."""
        return self.problem.errors or ()


class NotFound(ServiceError):
    """There is no such article, field or saved search (404)."""


class VersionChanged(ServiceError):
    """The index version that was asked for is not served any more (409): begin again with the first page."""
