tutela_fuzz(after_list DEPS vault)
