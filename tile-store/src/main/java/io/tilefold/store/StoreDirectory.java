package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Names of a store's files.
 *
 * <pre>
 *   STORE                                       what the store is, durable                       {@link StoreIdentity}
 *   lock                                        held by the writer while it has the store open
 *   control                                     mapped: what is published                        {@link ControlDescriptor}
 *   manifest/000000000007                       durable: catalog and versions                    {@link Manifest}
 *   snapshot                                    durable: all the writer knew at one position      {@link SnapshotDescriptor}
 *   base/DEFINITION/VERSION/shard-0003.seg      durable: one version of one GroupBy in one shard
 *   live/GENERATION/DEFINITION-N/roots          mapped: where each shard's index is              {@link LiveRootsDescriptor}
 *                               shard-0003.index-K    mapped                                     {@link LiveIndexDescriptor}
 *                               shard-0003.region-R   mapped                                     {@link LiveRegionDescriptor}
 * </pre>
 *
 * N tells two activations of one definition in one generation apart.
 */
record StoreDirectory(Path root, StoreFiles files) {
    Path identity() {
        return root.resolve("STORE");
    }

    Path lock() {
        return root.resolve("lock");
    }

    Path control() {
        return root.resolve("control");
    }

    Path snapshot() {
        return root.resolve("snapshot");
    }

    Path manifests() {
        return root.resolve("manifest");
    }

    Path manifest(long number) {
        return manifests().resolve(String.format("%012d", number));
    }

    Path bases() {
        return root.resolve("base");
    }

    /** GroupBys with a directory for their versions; other names there are not the store's. */
    List<DefinitionId> definitions() {
        try {
            return files.list(bases()).stream()
                    .filter(DefinitionId::isValid)
                    .sorted()
                    .map(DefinitionId::new)
                    .toList();
        } catch (IOException e) {
            throw DurableFile.failed("list", bases(), e);
        }
    }

    Path versions(DefinitionId id) {
        return bases().resolve(id.hex());
    }

    Path version(DefinitionId id, long version) {
        return versions(id).resolve(Long.toString(version));
    }

    Path segment(DefinitionId id, long version, int shard) {
        return version(id, version).resolve(shardName(shard) + ".seg");
    }

    Path generations() {
        return root.resolve("live");
    }

    Path generation(long generation) {
        return generations().resolve(Long.toString(generation));
    }

    LiveDirectory live(long generation, DefinitionId id, long activation) {
        return new LiveDirectory(generation(generation).resolve(id.abbreviated() + "-" + activation), files);
    }

    static String shardName(int shard) {
        return String.format("shard-%04d", shard);
    }

    /** The names in one of the store's directories that are numbers. */
    SortedSet<Long> numbers(Path parent) {
        SortedSet<Long> numbers = new TreeSet<>();
        try {
            for (String name : files.list(parent)) {
                if (name.matches("-?[0-9]{1,18}")) {
                    numbers.add(Long.parseLong(name));
                }
            }
        } catch (IOException e) {
            throw DurableFile.failed("list", parent, e);
        }
        return numbers;
    }

    /** Removes a mapped file, or a directory of them: what comes back after the host's death is removed again when the store is opened. */
    void remove(Path path) {
        DurableFile.remove(files, path);
    }

    /** Removes a durable file, or a directory of them; it does not come back. */
    void removeDurably(Path path) {
        DurableFile.remove(files, path);
        try {
            files.syncDirectory(path.resolveSibling(""));
        } catch (NoSuchFileException e) {
            // Nothing was there.
        } catch (IOException e) {
            throw DurableFile.failed("sync directory of", path, e);
        }
    }
}
