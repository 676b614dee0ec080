tutela_fuzz(decode_media DEPS decode_worker)
tutela_fuzz(decoder_wire DEPS media)
