// Everywhere in this target.
@_exported import TestSupport
