"""The codecs that come with the network library. A module here imports no handler: each is loaded when its codec makes it."""
