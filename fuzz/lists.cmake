tutela_fuzz(list_line DEPS match)
