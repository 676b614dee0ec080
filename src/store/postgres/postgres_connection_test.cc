#include "store/postgres/postgres_connection.h"

#include <gtest/gtest.h>

namespace tutela::store::postgres {
namespace {

struct Mapping {
  std::string_view sqlstate;
  ErrorCode code;
  std::string_view reason;
};

// The names are those of Appendix A of PostgreSQL's manual. Each class that is told apart, each exception within it, and beside
// them what must not be taken for one of them.
constexpr Mapping kMappings[] = {
    {"", ErrorCode::unavailable, "store.lost_connection"},       // the connection broke before the server said anything
    {"08000", ErrorCode::unavailable, "store.lost_connection"},  // connection_exception
    {"08001", ErrorCode::unavailable, "store.lost_connection"},  // sqlclient_unable_to_establish_sqlconnection
    {"08003", ErrorCode::unavailable, "store.lost_connection"},  // connection_does_not_exist
    {"08006", ErrorCode::unavailable, "store.lost_connection"},  // connection_failure
    {"08P01", ErrorCode::internal, "store.bad_statement"},       // protocol_violation: ours, to do it again helps nobody
    {"57P01", ErrorCode::unavailable, "store.lost_connection"},  // admin_shutdown
    {"57P02", ErrorCode::unavailable, "store.lost_connection"},  // crash_shutdown
    {"57P03", ErrorCode::unavailable, "store.lost_connection"},  // cannot_connect_now
    {"57P05", ErrorCode::unavailable, "store.lost_connection"},  // idle_session_timeout
    {"57014", ErrorCode::busy, "store.busy"},                    // query_canceled
    {"57000", ErrorCode::internal, "store.bad_statement"},       // operator_intervention, of no known kind
    {"40001", ErrorCode::conflict, "store.serialization_failure"},
    {"40P01", ErrorCode::conflict, "store.serialization_failure"},  // deadlock_detected
    {"40002", ErrorCode::internal, "store.bad_statement"},          // transaction_integrity_constraint_violation
    {"40003", ErrorCode::internal, "store.bad_statement"},          // statement_completion_unknown
    {"23505", ErrorCode::conflict, "store.duplicate_key"},
    {"23502", ErrorCode::internal, "store.bad_statement"},  // not_null_violation: a repository's bug, as every other of its class
    {"23503", ErrorCode::internal, "store.bad_statement"},  // foreign_key_violation
    {"23514", ErrorCode::internal, "store.bad_statement"},  // check_violation
    {"53100", ErrorCode::limit, "store.disk_full"},
    {"53000", ErrorCode::busy, "store.busy"},               // insufficient_resources
    {"53200", ErrorCode::busy, "store.busy"},               // out_of_memory
    {"53300", ErrorCode::busy, "store.busy"},               // too_many_connections
    {"53400", ErrorCode::busy, "store.busy"},               // configuration_limit_exceeded
    {"55P03", ErrorCode::busy, "store.busy"},               // lock_not_available
    {"55000", ErrorCode::internal, "store.bad_statement"},  // object_not_in_prerequisite_state
    {"55006", ErrorCode::internal, "store.bad_statement"},  // object_in_use
    {"54000", ErrorCode::limit, "store.value_too_large"},   // program_limit_exceeded
    {"54001", ErrorCode::limit, "store.value_too_large"},   // statement_too_complex
    {"54011", ErrorCode::limit, "store.value_too_large"},   // too_many_columns
    {"58000", ErrorCode::unavailable, "store.io"},          // system_error
    {"58030", ErrorCode::unavailable, "store.io"},          // io_error
    {"58P01", ErrorCode::unavailable, "store.io"},          // undefined_file
    {"XX001", ErrorCode::corrupt, "store.corrupt"},         // data_corrupted
    {"XX002", ErrorCode::corrupt, "store.corrupt"},         // index_corrupted
    {"XX000", ErrorCode::internal, "store.bad_statement"},  // internal_error
    {"22001", ErrorCode::internal, "store.bad_statement"},  // string_data_right_truncation
    {"25P02", ErrorCode::internal, "store.bad_statement"},  // in_failed_sql_transaction
    {"26000", ErrorCode::internal, "store.bad_statement"},  // invalid_sql_statement_name
    {"28P01", ErrorCode::internal, "store.bad_statement"},  // invalid_password
    {"3D000", ErrorCode::internal, "store.bad_statement"},  // invalid_catalog_name
    {"42601", ErrorCode::internal, "store.bad_statement"},  // syntax_error
    {"42P01", ErrorCode::internal, "store.bad_statement"},  // undefined_table
    {"0A000", ErrorCode::internal, "store.bad_statement"},  // feature_not_supported
    // Of no release so far, and of no form.
    {"ZZ999", ErrorCode::internal, "store.bad_statement"},
    {"5", ErrorCode::internal, "store.bad_statement"},
    {"99999", ErrorCode::internal, "store.bad_statement"},
};

TEST(SqlState, EveryClassHasItsErrorAndTheUnknownIsABug) {
  for (const auto& mapping : kMappings)
    for (const auto access : {Access::read, Access::write}) {
      const auto error = error_from_sqlstate(mapping.sqlstate, access, "SELECT item");
      EXPECT_EQ(error.code, mapping.code) << mapping.sqlstate;
      EXPECT_EQ(error.reason.text(), mapping.reason) << mapping.sqlstate;
      const auto named = mapping.sqlstate.empty() ? "none" : std::string(mapping.sqlstate);
      EXPECT_EQ(error.place, "sqlstate " + named + ", SELECT item");
    }
  EXPECT_EQ(error_from_sqlstate("40001", Access::read, {}).place, "sqlstate 40001");
}

// A standby takes no writes: after a failover the next connection finds the primary. A read that tried to write is a bug.
TEST(SqlState, AReadOnlyServerIsLostToWhoWrites) {
  EXPECT_EQ(error_from_sqlstate("25006", Access::write, {}).reason, Reason("store.lost_connection"));
  EXPECT_EQ(error_from_sqlstate("25006", Access::read, {}).reason, Reason("store.bad_statement"));
}

}  // namespace
}  // namespace tutela::store::postgres
