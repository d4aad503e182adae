"""The formats in which hits can be exported. A new one is a module beside this one, and a line here."""

from collections.abc import Mapping

from search_api.formats.atom import write_atom
from search_api.formats.csv_rows import write_csv
from search_api.formats.export_format import ExportFormat
from search_api.formats.jsonl import write_jsonl
from search_api.formats.markdown import write_markdown
from search_api.formats.rss import write_rss
from search_api.schemas.request import Format

EXPORT_FORMATS: Mapping[str, ExportFormat] = {
    Format.JSONL: ExportFormat("application/x-ndjson", "jsonl", write_jsonl),
    Format.CSV: ExportFormat("text/csv; charset=utf-8", "csv", write_csv),
    Format.RSS: ExportFormat("application/rss+xml", None, write_rss),
    Format.ATOM: ExportFormat("application/atom+xml", None, write_atom),
    "markdown": ExportFormat("text/markdown; charset=utf-8", "md", write_markdown),
}
"""By name; `json` is not one of them, because it has more than the hits. The command line alone has `markdown`."""
