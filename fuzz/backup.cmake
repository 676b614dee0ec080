tutela_fuzz(backup_manifest DEPS backup)
