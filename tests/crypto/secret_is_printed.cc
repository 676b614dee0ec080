#include <iostream>

#include "crypto/mac.h"

void print(const tutela::crypto::LookupKey& key) { std::cout << key; }
