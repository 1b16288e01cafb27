package io.tilefold.batch.backfill;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys that a left asks for, by their hashes: a few others may pass, none is missing. */
final class KeyFilter implements Serializable {
    private static final long serialVersionUID = 1;

    private final long @Nullable [] hashes;

    /** @param hashes ascending; empty: every key passes */
    KeyFilter(Optional<long[]> hashes) {
        this.hashes = hashes.orElse(null);
    }

    boolean contains(long hash) {
        return hashes == null || Arrays.binarySearch(hashes, hash) >= 0;
    }
}
