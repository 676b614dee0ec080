#include "decode/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace tutela::decode {
namespace {

std::unexpected<Error> no_memory() { return fail(ErrorCode::unavailable, "decoder.no_memory"); }

Result<Descriptor> make_memory() {
  Descriptor memory(memfd_create("job", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory) return no_memory();
  return memory;
}

}  // namespace

Descriptor::~Descriptor() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<Descriptor> make_sealed_input(BytesView content) {
  TUTELA_ASSIGN(Descriptor memory, make_memory());
  while (!content.empty()) {
    const ssize_t written = write(memory.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return no_memory();
    content = content.subspan(static_cast<std::size_t>(written));
  }
  if (fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) return no_memory();
  return memory;
}

Result<Descriptor> make_sealed_output(std::size_t bytes) {
  TUTELA_ASSIGN(Descriptor memory, make_memory());
  if (ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0) return no_memory();
  if (fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return no_memory();
  return memory;
}

Result<Bytes> copy_from(const Descriptor& memory, std::size_t offset, std::size_t bytes) {
  Bytes copy(bytes);
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t got = pread(memory.get(), copy.data() + done, bytes - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return no_memory();
    done += static_cast<std::size_t>(got);
  }
  return copy;
}

}  // namespace tutela::decode
