package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.time.Hop;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * The key under which live keeps what a key's mutations of one day did: the key's bytes, then the day (UTC, of when the table changed) as an int. So a new batch
 * end takes whole records away, and no read looks at days that its base has. The hash differs from the key's in its lower half alone, so all days of a key are in the key's
 * shard. Confined to one thread.
 */
final class MutationKey {
    static final int DAY_LENGTH = Integer.BYTES;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(64);
    private int keyLength;
    private long keyHash;
    private int day;

    /** @param hash {@link KeyHash} of the key */
    MutationKey of(DirectBuffer key, int offset, int length, long hash) {
        buffer.putBytes(0, key, offset, length);
        keyLength = length;
        keyHash = hash;
        return this;
    }

    /** @param newDay a day's {@link Hop#indexOf index} */
    MutationKey on(int newDay) {
        day = newDay;
        buffer.putInt(keyLength, newDay, LITTLE_ENDIAN);
        return this;
    }

    DirectBuffer buffer() {
        return buffer;
    }

    int length() {
        return keyLength + DAY_LENGTH;
    }

    long hash() {
        return hash(keyHash, day);
    }

    /** The day in a record's key. */
    static int day(DirectBuffer record, int keyOffset, int length) {
        return record.getInt(keyOffset + length - DAY_LENGTH, LITTLE_ENDIAN);
    }

    /** Hash of a record's key. */
    static long hash(DirectBuffer record, int keyOffset, int length) {
        return hash(KeyHash.hash(record, keyOffset, length - DAY_LENGTH), day(record, keyOffset, length));
    }

    private static long hash(long keyHash, int day) {
        int mixed =
                day * 0x9E3779B1; // odd: days that follow each other differ in the lowest bits, which choose the slot
        return keyHash ^ ((mixed ^ (mixed >>> 16)) & 0xFFFF_FFFFL);
    }

    static int dayOf(long mutationMs) {
        return Hop.DAY.indexOf(mutationMs);
    }
}
