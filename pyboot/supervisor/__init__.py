"""Several processes of one application: a supervisor, which never imports it, and the workers that ask it for their sockets."""
