"""Does what the sales team does follow what it declared, and what should it do next?"""

__version__ = "0.1.0"
