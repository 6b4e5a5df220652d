"""HTTP in a pipeline: the codecs of its versions, and what its messages carry."""
