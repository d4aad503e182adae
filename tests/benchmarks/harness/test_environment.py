"""What a run records about itself."""

from pathlib import Path

from benchmarks.harness import environment


def test_absolute_folders_are_left_out_of_the_command() -> None:
    shown = environment.command("benchmarks.latency", ["measure", "--store", "/somewhere/else/store", "--out", "a/b"])
    assert shown == "python -m benchmarks.latency measure --store store --out a/b"


def test_processor_is_named_if_the_kernel_reports_it(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: A Processor @ 2 GHz\n", encoding="utf-8")
    assert environment.cpu_model(tmp_path / "cpuinfo") == "A Processor @ 2 GHz"
    assert environment.cpu_model(tmp_path / "missing") == "unknown"


def test_packages_that_are_not_installed_are_reported() -> None:
    assert environment.versions(["khabar-does-not-exist"]) == {"khabar-does-not-exist": "not installed"}
