"""The nouns of HTTP, whatever its version carries them: methods, versions, statuses, header fields and messages. No bytes are read here."""
