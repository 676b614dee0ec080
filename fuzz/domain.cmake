tutela_fuzz(address DEPS intake)
tutela_fuzz(receipt DEPS intake)
