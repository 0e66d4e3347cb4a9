"""Which events does an XES log hold? Read as a stream: no tree is built, whatever the file's size.

Each event is a row of the columns asked for. An event's own attributes go by their keys
(`concept:name`), those of its trace by `case:` and the key (`case:concept:name`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import orjson
from defusedxml import DefusedXmlException
from defusedxml.expatreader import create_parser

from salesadvisor.errors import SourceError
from salesadvisor.sources.text import InputFile, Record

_CHUNK = 1 << 16
_CASE = "case:"
_SIMPLE = frozenset({"string", "date", "int", "float", "boolean", "id"})
_ATTRIBUTES = _SIMPLE | {"list", "container"}


def read_xes(file: InputFile, columns: Sequence[str]) -> Iterator[Record]:
    """The events of the log in their order, as records of `columns`, empty where one is missing."""
    for line, found in _events(file):
        fields = [found.get(column, "") for column in columns]
        yield Record(line, fields, orjson.dumps(found).decode())


def check_xes(file: InputFile) -> None:
    """Raises SourceError if the file is not one whole XES log, or declares entities or a DTD."""
    for _ in _events(file):
        pass


def _events(file: InputFile) -> Iterator[tuple[int, dict[str, str]]]:
    parser = create_parser(forbid_dtd=True)
    log = _Log(parser.getLineNumber)
    parser.setContentHandler(log)
    try:
        while chunk := file.read(_CHUNK):
            parser.feed(chunk)
            yield from log.taken()
        parser.close()
    except SAXParseException as error:
        place = f"{file.path}:{error.getLineNumber() or 1}"
        raise SourceError(place, f"not XML: {error.getMessage()}", "export it again") from None
    except DefusedXmlException:
        place = f"{file.path}:{parser.getLineNumber() or 1}"
        cure = "remove the DOCTYPE; an XES log needs none"
        raise SourceError(place, "declares a document type or entities", cure) from None
    if not log.is_xes:
        raise SourceError(f"{file.path}:1", "is XML, but no XES log", "its root must be <log>")


class _Log(ContentHandler):
    """Collects the events that have ended, each with the line it starts on."""

    def __init__(self, line_of: Callable[[], int]) -> None:
        super().__init__()
        self._line_of = line_of
        self.is_xes = False
        self._done: list[tuple[int, dict[str, str]]] = []
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] | None = None
        self._line = 0
        self._in_trace = False
        self._nested = 0

    def taken(self) -> list[tuple[int, dict[str, str]]]:
        done, self._done = self._done, []
        return done

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        if name in _ATTRIBUTES:
            self._nested += 1
            if self._nested == 1 and name in _SIMPLE:
                self._keep(attrs.get("key", ""), attrs.get("value", ""))
        elif name == "event":
            self._event = {}
            self._line = self._line_of()
        elif name == "trace":
            self._in_trace = True
        elif name == "log":
            self.is_xes = True

    def endElement(self, name: str) -> None:  # noqa: N802
        if name in _ATTRIBUTES:
            self._nested -= 1
        elif name == "event" and self._event is not None:
            self._done.append((self._line, {**self._trace, **self._event}))
            self._event = None
        elif name == "trace":
            self._in_trace, self._trace = False, {}

    def _keep(self, key: str, value: str) -> None:
        if self._event is not None:
            self._event[key] = value
        elif self._in_trace:
            self._trace[_CASE + key] = value
