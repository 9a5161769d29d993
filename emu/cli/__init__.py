"""The `emu` command. `main` picks one command module and imports only that one."""
