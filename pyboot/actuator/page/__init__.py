"""The page: what a running application does, in a browser; three kinds of files, and one stream of events for what is looked at."""
