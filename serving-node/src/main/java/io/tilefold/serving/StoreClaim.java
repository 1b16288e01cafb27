package io.tilefold.serving;

import io.tilefold.core.key.ShardSet;
import io.tilefold.store.StoreException;
import io.tilefold.store.StoreInspector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one store of the host says that it is.
 *
 * @param shards those of the deployment's that its shard group owns
 */
record StoreClaim(Path directory, int shardGroup, ShardSet shards) {
    /** Why one node cannot serve both; null if it can. */
    @Nullable String conflictWith(StoreClaim other) {
        if (shards.shardCount() != other.shards.shardCount()) {
            return both(other) + " are of different deployments: all stores of a node have one shardCount";
        }
        if (shardGroup == other.shardGroup) {
            return both(other)
                    + " are of one shard group: a node serves one store of each group; give the other to a node of its own";
        }
        List<Integer> shared =
                shards.stream().filter(other.shards::contains).boxed().toList();
        return shared.isEmpty()
                ? null
                : both(other) + " both own " + ShardSet.of(shards.shardCount(), shared)
                        + ": each shard is one group's; look at the shards of their ingest nodes";
    }

    private String both(StoreClaim other) {
        return "the stores " + other + " and " + this;
    }

    /**
     * Checks the stores that are there already; those that are not are checked when they come.
     *
     * @throws IllegalArgumentException naming two that one node cannot serve
     */
    static void check(List<Path> directories) {
        List<StoreClaim> there = new ArrayList<>();
        for (Path directory : directories) {
            StoreClaim claim = read(directory);
            if (claim != null) {
                for (StoreClaim other : there) {
                    String conflict = claim.conflictWith(other);
                    if (conflict != null) {
                        throw new IllegalArgumentException("serving.storeDirs: " + conflict);
                    }
                }
                there.add(claim);
            }
        }
    }

    private static @Nullable StoreClaim read(Path directory) {
        try {
            StoreInspector store = StoreInspector.open(directory);
            return new StoreClaim(directory, store.shardGroup(), store.shards());
        } catch (StoreException notYet) {
            return null; // whoever follows it says what is wrong, and tries again
        }
    }

    @Override
    public String toString() {
        return directory + " (shard group " + shardGroup + ", shards " + shards + " of " + shards.shardCount() + ")";
    }
}
