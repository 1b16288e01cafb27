package io.tilefold.core.key;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * 64-bit hash of a key's bytes: XXH64 with seed 0, as specified in the xxHash fast digest algorithm description (Collet, BSD). Durable:
 * it decides a key's shard and its place in every index.
 */
public final class KeyHash {
    private static final long P1 = 0x9E3779B185EBCA87L;
    private static final long P2 = 0xC2B2AE3D27D4EB4FL;
    private static final long P3 = 0x165667B19E3779F9L;
    private static final long P4 = 0x85EBCA77C2B2AE63L;
    private static final long P5 = 0x27D4EB2F165667C5L;
    private static final long P1_PLUS_P2 = 0x60EA27EEADC0B5D6L;
    private static final long MINUS_P1 = 0x61C8864E7A143579L;

    private KeyHash() {}

    public static long hash(DirectBuffer buffer, int offset, int length) {
        int at = offset;
        int end = offset + length;
        long hash;
        if (length >= 32) {
            long v1 = P1_PLUS_P2;
            long v2 = P2;
            long v3 = 0;
            long v4 = MINUS_P1;
            for (int limit = end - 32; at <= limit; at += 32) {
                v1 = round(v1, buffer.getLong(at, LITTLE_ENDIAN));
                v2 = round(v2, buffer.getLong(at + 8, LITTLE_ENDIAN));
                v3 = round(v3, buffer.getLong(at + 16, LITTLE_ENDIAN));
                v4 = round(v4, buffer.getLong(at + 24, LITTLE_ENDIAN));
            }
            hash = Long.rotateLeft(v1, 1) + Long.rotateLeft(v2, 7) + Long.rotateLeft(v3, 12) + Long.rotateLeft(v4, 18);
            hash = mergeRound(mergeRound(mergeRound(mergeRound(hash, v1), v2), v3), v4);
        } else {
            hash = P5;
        }
        hash += length;
        for (; at + 8 <= end; at += 8) {
            hash = Long.rotateLeft(hash ^ round(0, buffer.getLong(at, LITTLE_ENDIAN)), 27) * P1 + P4;
        }
        if (at + 4 <= end) {
            hash = Long.rotateLeft(hash ^ ((buffer.getInt(at, LITTLE_ENDIAN) & 0xFFFF_FFFFL) * P1), 23) * P2 + P3;
            at += 4;
        }
        for (; at < end; at++) {
            hash = Long.rotateLeft(hash ^ ((buffer.getByte(at) & 0xFF) * P5), 11) * P1;
        }
        hash = (hash ^ (hash >>> 33)) * P2;
        hash = (hash ^ (hash >>> 29)) * P3;
        return hash ^ (hash >>> 32);
    }

    /** The shard of a key with this hash: its upper half spread over {@code [0, shardCount)}. Indexes use the lower half. */
    public static int shard(long hash, int shardCount) {
        return (int) (((hash >>> 32) * shardCount) >>> 32);
    }

    private static long round(long accumulator, long input) {
        return Long.rotateLeft(accumulator + input * P2, 31) * P1;
    }

    private static long mergeRound(long hash, long value) {
        return (hash ^ round(0, value)) * P1 + P4;
    }
}
