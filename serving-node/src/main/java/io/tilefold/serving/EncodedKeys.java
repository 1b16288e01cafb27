package io.tilefold.serving;

import com.google.protobuf.ByteString;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * The keys of all rows of a request for one set of key columns, encoded and hashed once for all parts that are keyed so. Reused from request to
 * request; confined to one thread.
 */
final class EncodedKeys {
    /** What is kept for the next request. */
    private static final int KEPT_ROWS = 1024;

    private static final int KEPT_LENGTH = 64 << 10;

    private final int[] columns;
    private final KeyEncoder encoder = new KeyEncoder();
    private ExpandableArrayBuffer bytes = new ExpandableArrayBuffer(64);
    private int[] ends = new int[4];
    private long[] hashes = new long[4];
    private boolean[] keyed = new boolean[4];
    private byte[] places = new byte[4];
    private int place;
    private long holding;
    private boolean elsewhere;

    /** @param columns indexes of the target's keys, in the GroupBy's key order */
    EncodedKeys(int[] columns) {
        this.columns = columns;
    }

    void encode(RequestKeys keys) {
        int rows = keys.rows();
        fit(rows);
        for (int column : columns) {
            keys.column(column).rewind();
        }
        int end = 0;
        for (int row = 0; row < rows; row++) {
            encoder.reset();
            boolean present = true;
            for (int column : columns) {
                present = keys.column(column).next(row, present, encoder);
            }
            keyed[row] = present;
            if (present) {
                bytes.putBytes(end, encoder.buffer(), 0, encoder.length());
                end += encoder.length();
                hashes[row] = encoder.hash();
            }
            ends[row] = end;
        }
    }

    /** Takes keys that another node encoded; none is null. */
    void take(List<ByteString> encoded) {
        fit(encoded.size());
        int end = 0;
        for (int row = 0; row < encoded.size(); row++) {
            ByteString key = encoded.get(row);
            int start = end;
            for (int i = 0; i < key.size(); i++) {
                bytes.putByte(end++, key.byteAt(i));
            }
            keyed[row] = true;
            hashes[row] = KeyHash.hash(bytes, start, key.size());
            ends[row] = end;
        }
    }

    /** Finds which stores of the host hold the rows' keys. A row that belongs to no key is taken for the first store's. */
    void locate(HostStores host, int rows) {
        if (host.isOne()) {
            locateAt(host.first());
            return;
        }
        place = HostStores.ELSEWHERE;
        holding = 0;
        elsewhere = false;
        for (int row = 0; row < rows; row++) {
            int of = keyed[row] ? host.placeOf(hashes[row]) : host.first();
            places[row] = (byte) of;
            if (of == HostStores.ELSEWHERE) {
                elsewhere = true;
            } else {
                holding |= HostStores.bit(of);
            }
        }
        if (holding == 0) {
            holding = HostStores.bit(host.first());
        }
    }

    /** Takes all rows for those of one store. */
    void locateAt(int store) {
        place = store;
        holding = HostStores.bit(store);
        elsewhere = false;
    }

    private void fit(int rows) {
        if (ends.length < rows || ends.length > KEPT_ROWS && rows <= KEPT_ROWS) {
            int capacity = Math.max(rows, 4);
            ends = Arrays.copyOf(ends, capacity);
            hashes = Arrays.copyOf(hashes, capacity);
            keyed = Arrays.copyOf(keyed, capacity);
            places = Arrays.copyOf(places, capacity);
        }
        if (bytes.capacity() > KEPT_LENGTH) {
            bytes = new ExpandableArrayBuffer(64);
        }
    }

    /** False if a key column of the row is null: it belongs to no key. */
    boolean isKeyed(int row) {
        return keyed[row];
    }

    /** The place of the store that holds the row's key, or {@link HostStores#ELSEWHERE}. */
    int place(int row) {
        return place == HostStores.ELSEWHERE ? places[row] : place;
    }

    /** Stores of the host that hold some row's key; the first where none does. */
    long holding() {
        return holding;
    }

    /**
     * Gathers the hashes of a store's keys.
     *
     * @param into has room for all rows
     * @return how many there are
     */
    int hashesAt(int store, int from, int to, long[] into) {
        int count = 0;
        for (int row = from; row < to; row++) {
            into[count] = hashes[row];
            count += place(row) == store ? 1 : 0;
        }
        return count;
    }

    /** True if no store of the host holds some row's key. */
    boolean isAnyElsewhere() {
        return elsewhere;
    }

    /** The rows' keys, until the next request. */
    DirectBuffer buffer() {
        return bytes;
    }

    int offset(int row) {
        return row == 0 ? 0 : ends[row - 1];
    }

    int length(int row) {
        return ends[row] - offset(row);
    }

    long hash(int row) {
        return hashes[row];
    }

    /** Those of all rows, until the next request; of a row that belongs to no key any number. */
    long[] hashes() {
        return hashes;
    }
}
