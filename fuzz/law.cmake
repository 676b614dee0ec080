tutela_fuzz(jurisdiction_table DEPS law)
tutela_fuzz(indicator DEPS casework)
tutela_fuzz(referral_message DEPS filing)
