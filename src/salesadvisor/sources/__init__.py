"""How do files and CRMs become events, with every row of them accounted for?"""

from salesadvisor.sources.detect import FORMATS, open_source
from salesadvisor.sources.mapping import Mapping, load_mapping
from salesadvisor.sources.rejects import RejectsFile, rejects_path
from salesadvisor.sources.rows import Collapsed, Read, Reject, Row, Tally
from salesadvisor.sources.source import Source

__all__ = [
    "FORMATS",
    "Collapsed",
    "Mapping",
    "Read",
    "Reject",
    "RejectsFile",
    "Row",
    "Source",
    "Tally",
    "load_mapping",
    "open_source",
    "rejects_path",
]
