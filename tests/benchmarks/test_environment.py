"""What a run says of itself."""

from pathlib import Path

from benchmarks import environment


def test_absolute_folders_are_left_out_of_the_command() -> None:
    shown = environment.command("benchmarks.latency", ["measure", "--store", "/somewhere/else/store", "--out", "a/b"])
    assert shown == "python -m benchmarks.latency measure --store store --out a/b"


def test_processor_is_named_where_the_kernel_tells(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: A Processor @ 2 GHz\n", encoding="utf-8")
    assert environment.cpu_model(tmp_path / "cpuinfo") == "A Processor @ 2 GHz"
    assert environment.cpu_model(tmp_path / "missing") == "unknown"


def test_missing_packages_are_said_to_be_missing() -> None:
    assert environment.versions(["khabar-does-not-exist"]) == {"khabar-does-not-exist": "not installed"}
