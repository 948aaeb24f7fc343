"""The pretend providers on loopback: `server` has the socket and the memory, the other files one format each."""
