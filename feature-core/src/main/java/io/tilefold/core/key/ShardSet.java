package io.tilefold.core.key;

import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Some of a deployment's shards: those that one shard group owns. Written as {@code "0-3,7"}; {@code "all"} is every shard. Immutable.
 */
public final class ShardSet {
    /** The most shards a deployment can have. */
    public static final int MAX_SHARD_COUNT = 65_535;

    private static final String ALL = "all";
    private static final Pattern RANGE = Pattern.compile("\\s*(\\d{1,5})\\s*(?:-\\s*(\\d{1,5})\\s*)?");

    private final int shardCount;
    private final BitSet owned;

    private ShardSet(int shardCount, BitSet owned) {
        if (shardCount < 1 || shardCount > MAX_SHARD_COUNT) {
            throw new IllegalArgumentException(shardCount + " shards: a deployment has from 1 to " + MAX_SHARD_COUNT);
        }
        if (owned.isEmpty() || owned.length() > shardCount) {
            throw new IllegalArgumentException(
                    "shards " + owned + " of " + shardCount + ": name one at least, from 0 to " + (shardCount - 1));
        }
        this.shardCount = shardCount;
        this.owned = owned;
    }

    /** Every shard of a deployment of so many. */
    public static ShardSet all(int shardCount) {
        BitSet every = new BitSet(shardCount);
        every.set(0, Math.max(0, shardCount));
        return new ShardSet(shardCount, every);
    }

    /** @throws IllegalArgumentException if one is not below the count, or none is given */
    public static ShardSet of(int shardCount, Iterable<Integer> shards) {
        BitSet owned = new BitSet();
        for (int shard : shards) {
            if (shard < 0) {
                throw new IllegalArgumentException("shard " + shard + ": shards are numbered from 0");
            }
            owned.set(shard);
        }
        return new ShardSet(shardCount, owned);
    }

    /**
     * Reads {@code "0-3,7"} or {@code "all"}.
     *
     * @throws IllegalArgumentException naming what is wrong with it, a shard given twice included
     */
    public static ShardSet parse(String text, int shardCount) {
        if (text.strip().equals(ALL)) {
            return all(shardCount);
        }
        BitSet owned = new BitSet();
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part);
            if (!range.matches()) {
                throw new IllegalArgumentException("shards \"" + text + "\": \"" + part
                        + "\" is no shard and no range of them; write for example 0-3,7 or all");
            }
            int first = Integer.parseInt(range.group(1));
            int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
            if (last < first || last >= shardCount) {
                throw new IllegalArgumentException("shards \"" + text + "\": \"" + part.strip() + "\" is not within 0-"
                        + (shardCount - 1) + ", the deployment's " + shardCount + " shards");
            }
            if (!owned.get(first, last + 1).isEmpty()) {
                throw new IllegalArgumentException(
                        "shards \"" + text + "\": \"" + part.strip() + "\" names a shard a second time");
            }
            owned.set(first, last + 1);
        }
        return new ShardSet(shardCount, owned);
    }

    /** Shards of the deployment, owned or not. */
    public int shardCount() {
        return shardCount;
    }

    public boolean contains(int shard) {
        return owned.get(shard);
    }

    public boolean isAll() {
        return owned.cardinality() == shardCount;
    }

    /** Shards in the set. */
    public int size() {
        return owned.cardinality();
    }

    /** Ascending. */
    public IntStream stream() {
        return owned.stream();
    }

    /** Ascending. */
    public List<Integer> list() {
        return owned.stream().boxed().toList();
    }

    /** One bit per shard, the lowest first: bit {@code shard % 8} of byte {@code shard / 8}. No byte behind the last that is not zero. */
    public byte[] toBits() {
        return owned.toByteArray();
    }

    /** Reads {@link #toBits}. */
    public static ShardSet ofBits(int shardCount, byte[] bits) {
        return new ShardSet(shardCount, BitSet.valueOf(bits));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ShardSet set && set.shardCount == shardCount && set.owned.equals(owned);
    }

    @Override
    public int hashCode() {
        return 31 * owned.hashCode() + shardCount;
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        if (isAll()) {
            return ALL;
        }
        StringBuilder text = new StringBuilder();
        for (int first = owned.nextSetBit(0); first >= 0; ) {
            int end = owned.nextClearBit(first);
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (end > first + 1) {
                text.append('-').append(end - 1);
            }
            first = owned.nextSetBit(end);
        }
        return text.toString();
    }
}
