// compress.mjs DIR: lays a .br and a .gz beside each file of DIR that gets smaller by it. A release does this once, as well as it
// can be done, so that the server never does.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [dir] = process.argv.slice(2);
const best = {
  [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
  [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
};

for (const name of readdirSync(dir, { recursive: true })) {
  if (!/\.(css|js|svg|wasm)$/.test(name)) continue;
  const file = join(dir, name);
  const plain = readFileSync(file);
  writeFileSync(`${file}.br`, brotliCompressSync(plain, { params: { ...best, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }));
  writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }));
}
