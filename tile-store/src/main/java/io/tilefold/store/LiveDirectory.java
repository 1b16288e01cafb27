package io.tilefold.store;

import java.nio.file.Path;

/** The live files of one activation of one GroupBy in one generation; names as in {@link StoreDirectory}. */
record LiveDirectory(Path path, StoreFiles files) {
    Path roots() {
        return path.resolve("roots");
    }

    Path index(int shard, long number) {
        return path.resolve(StoreDirectory.shardName(shard) + ".index-" + number);
    }

    Path region(int shard, int region) {
        return path.resolve(StoreDirectory.shardName(shard) + ".region-" + region);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
