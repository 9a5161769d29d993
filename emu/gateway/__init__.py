"""The edge towards the network: the HTTP interface, the update stream, and the server that carries both."""
