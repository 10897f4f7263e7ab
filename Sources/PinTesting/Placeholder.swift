// The rooms of this layer are listed in CONTRIBUTING.md.
