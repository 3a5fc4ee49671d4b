// Prints what hyparquet reads of Parquet files, as JSON, a line a file: node parquet.mjs FILE...
// Integers, which JavaScript has as BigInt, are printed as text with an n behind.
import { readFileSync } from 'node:fs'
import { parquetMetadata, parquetRead } from 'hyparquet'

for (const name of process.argv.slice(2)) {
  const data = readFileSync(name)
  const file = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)
  const metadata = parquetMetadata(file)
  let rows = []
  await parquetRead({ file, metadata, onComplete: read => { rows = read } })
  console.log(JSON.stringify({
    columns: metadata.schema.slice(1).map(c => ({ name: c.name, type: c.type, logical: c.logical_type?.type ?? '' })),
    metadata: Object.fromEntries(metadata.key_value_metadata.map(kv => [kv.key, kv.value])),
    rows,
  }, (_, v) => typeof v === 'bigint' ? v + 'n' : v))
}
