#include "crypto/mac.h"

const tutela::crypto::SubjectKey& as_subject_key(const tutela::crypto::LookupKey& key) { return key; }
