"""The differential test: the same objects put to Rego, to admission and to Pod Security, which have to agree rule by rule."""
