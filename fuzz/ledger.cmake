tutela_fuzz(excerpt DEPS ledger_proof)
tutela_fuzz(signed_note DEPS ledger_proof)
