/**
 * icebird's part of plan.mjs: the steps of its scans up to the list of files, by the modules of a checkout.
 * `node icebird.mjs DIR FOLDER ROUNDS FILTER_PARTS`; one line of JSON.
 */
import { promises as fs } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [directory, folder, rounds, parts] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(directory, path)).href);
const { icebergMetadata } = await load("src/metadata.js");
const { icebergManifests, splitManifestEntries } = await load("src/manifest.js");
const { partitionMightMatch, fileMightMatch } = await load("src/prune.js");

const { organization, from, to, run } = JSON.parse(parts);
const filter = {
  $and: [
    { organization_id: { $eq: organization } },
    { event_timestamp: { $gte: new Date(from), $lt: new Date(to) } },
    { workload_run_id: { $eq: run } },
  ],
};
const resolver = {
  async reader(path) {
    const bytes = await fs.readFile(path.replace(/^file:\/\//, ""));
    return {
      byteLength: bytes.byteLength,
      slice: async (start, end) =>
        bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + (end ?? bytes.byteLength)),
    };
  },
};
const runs = [];
for (let round = 0; round < Number(rounds); round++) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const metadata = await icebergMetadata({ tableUrl: folder, resolver });
  const { dataEntries } = splitManifestEntries(await icebergManifests({ metadata, resolver }));
  const schema = metadata.schemas[0];
  const kept = dataEntries
    .filter((entry) => partitionMightMatch(filter, entry, schema, metadata))
    .filter((entry) => fileMightMatch(filter, entry, schema)).length;
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  runs.push({ wallMs, cpuMs: (user + system) / 1000, kept });
}
console.log(JSON.stringify({ runs, peakMB: process.resourceUsage().maxRSS / 1024 }));
