package io.tilefold.serving;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.proto.serving.v1.VersionPin;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.serving.WireReader.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FetchRequest} read from its wire bytes. Key columns stay where they are in the bytes; nothing is made per value. Immutable.
 *
 * <p>Protobuf lets a message be written in many ways: repeated numbers unpacked, a field given twice, messages in pieces. What is not
 * in the one form that every library writes goes through the generated class first, which writes it so.
 */
final class FetchMessage {
    private static final int INITIAL_KEYS = 4;

    private final byte[] bytes;
    private final int offset;
    private final int length;
    private @Nullable String join;
    private @Nullable String groupBy;
    private int rowCount;
    private KeySlice[] keys = new KeySlice[INITIAL_KEYS];
    private int keyCount;
    private boolean hasAsOf;
    private long asOfMs;
    private long @Nullable [] rowAsOfMs;
    private List<LogPosition> minPositions = List.of();
    private List<VersionPin> versionPins = List.of();
    private boolean includeSchema;
    private String knownSchemaId = "";
    private List<String> features = List.of();
    private long knownShardMap;

    private FetchMessage(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
    }

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT if the bytes are no fetch request */
    static FetchMessage parse(byte[] bytes) {
        return parse(bytes, 0, bytes.length);
    }

    static FetchMessage parse(byte[] bytes, int offset, int length) {
        try {
            FetchMessage message = new FetchMessage(bytes, offset, length);
            if (message.read(new WireReader(bytes, offset, length))) {
                return message;
            }
            FetchRequest parsed = FetchRequest.parser().parseFrom(bytes, offset, length);
            return canonical(parsed.toByteArray());
        } catch (MalformedException malformed) {
            throw Errors.malformed(malformed.field(), String.valueOf(malformed.getMessage()));
        } catch (InvalidProtocolBufferException invalid) {
            throw Errors.malformed(String.valueOf(invalid.getMessage()));
        }
    }

    private static FetchMessage canonical(byte[] written) throws MalformedException {
        FetchMessage message = new FetchMessage(written, 0, written.length);
        if (!message.read(new WireReader(written, 0, written.length))) {
            throw new MalformedException("it is not in the form that its own library writes");
        }
        return message;
    }

    /** False if the bytes may be right but are not in canonical form. */
    private boolean read(WireReader in) throws MalformedException {
        boolean targeted = false;
        while (in.hasNext()) {
            int tag = in.tag();
            switch (tag) {
                case FetchRequest.JOIN_FIELD_NUMBER << 3 | 2, FetchRequest.GROUP_BY_FIELD_NUMBER << 3 | 2 -> {
                    if (targeted) {
                        return false;
                    }
                    targeted = true;
                    readTarget(tag, in.string(tag >>> 3 == FetchRequest.JOIN_FIELD_NUMBER ? "join" : "group_by"));
                }
                case FetchRequest.ROW_COUNT_FIELD_NUMBER << 3 -> rowCount = (int) in.varint();
                case FetchRequest.KEYS_FIELD_NUMBER << 3 | 2 -> {
                    KeySlice key = readKey(in);
                    if (key == null) {
                        return false;
                    }
                    addKey(key);
                }
                case FetchRequest.AS_OF_MS_FIELD_NUMBER << 3 -> {
                    hasAsOf = true;
                    asOfMs = in.zigzag();
                }
                case FetchRequest.ROW_AS_OF_MS_FIELD_NUMBER << 3 | 2 -> {
                    if (rowAsOfMs != null) {
                        return false;
                    }
                    rowAsOfMs = readMoments(in);
                }
                case FetchRequest.ROW_AS_OF_MS_FIELD_NUMBER << 3 -> {
                    return false;
                }
                case FetchRequest.MIN_POSITIONS_FIELD_NUMBER << 3 | 2 -> readPosition(in);
                case FetchRequest.VERSION_PINS_FIELD_NUMBER << 3 | 2 -> readPin(in);
                case FetchRequest.INCLUDE_SCHEMA_FIELD_NUMBER << 3 -> includeSchema = in.varint() != 0;
                case FetchRequest.KNOWN_SCHEMA_ID_FIELD_NUMBER << 3 | 2 -> knownSchemaId = in.string("known_schema_id");
                case FetchRequest.FEATURES_FIELD_NUMBER << 3 | 2 -> {
                    if (features.isEmpty()) {
                        features = new ArrayList<>();
                    }
                    features.add(in.string("features"));
                }
                case FetchRequest.KNOWN_SHARD_MAP_FIELD_NUMBER << 3 -> knownShardMap = in.varint();
                default -> in.skipField(tag);
            }
        }
        return true;
    }

    private void readTarget(int tag, String name) {
        if (tag >>> 3 == FetchRequest.JOIN_FIELD_NUMBER) {
            join = name;
        } else {
            groupBy = name;
        }
    }

    private void addKey(KeySlice key) {
        if (keyCount == keys.length) {
            keys = Arrays.copyOf(keys, 2 * keyCount);
        }
        keys[keyCount++] = key;
    }

    /** Null if the column is not in canonical form. */
    private @Nullable KeySlice readKey(WireReader in) throws MalformedException {
        int whole = in.length();
        int outer = in.narrow(whole);
        KeySlice key = new KeySlice(bytes, in);
        key.whole(in.position(), whole);
        while (in.hasNext()) {
            int tag = in.tag();
            int field = tag >>> 3;
            if (tag == (Column.NAME_FIELD_NUMBER << 3 | 2)) {
                int length = in.length();
                key.name(in.position(), length);
                in.skip(length);
            } else if (tag == (Column.NULLS_FIELD_NUMBER << 3 | 2)) {
                int length = in.length();
                key.nulls(in.position(), length);
                in.skip(length);
            } else if ((tag & 7) == 2
                    && field >= Column.BOOLEAN_VALUES_FIELD_NUMBER
                    && field <= Column.STRUCT_VALUES_FIELD_NUMBER) {
                int length = in.length();
                if (!key.values(field, in.slice(in.position(), length))) {
                    return null;
                }
                in.skip(length);
            } else {
                in.skipField(tag);
            }
        }
        in.restore(outer);
        return key;
    }

    private static long[] readMoments(WireReader in) throws MalformedException {
        int outer = in.narrow(in.length());
        long[] moments = new long[16];
        int count = 0;
        while (in.hasNext()) {
            if (count == moments.length) {
                moments = Arrays.copyOf(moments, 2 * count);
            }
            moments[count++] = in.zigzag();
        }
        in.restore(outer);
        return Arrays.copyOf(moments, count);
    }

    private void readPosition(WireReader in) throws MalformedException {
        int length = in.length();
        if (minPositions.isEmpty()) {
            minPositions = new ArrayList<>(2);
        }
        try {
            minPositions.add(LogPosition.parser().parseFrom(bytes, in.position(), length));
        } catch (InvalidProtocolBufferException invalid) {
            throw new MalformedException("min_positions", String.valueOf(invalid.getMessage()));
        }
        in.skip(length);
    }

    private void readPin(WireReader in) throws MalformedException {
        int length = in.length();
        if (versionPins.isEmpty()) {
            versionPins = new ArrayList<>(2);
        }
        try {
            versionPins.add(VersionPin.parser().parseFrom(bytes, in.position(), length));
        } catch (InvalidProtocolBufferException invalid) {
            throw new MalformedException("version_pins", String.valueOf(invalid.getMessage()));
        }
        in.skip(length);
    }

    /** Bytes of the request. */
    int length() {
        return length;
    }

    /** Appends the request's bytes. */
    void writeTo(WireBuffer out) {
        out.putBytes(bytes, offset, length);
    }

    /** The join asked for; null if it is a GroupBy or nothing. */
    @Nullable String join() {
        return join;
    }

    @Nullable String groupBy() {
        return groupBy;
    }

    /** For messages. */
    String target() {
        return join != null ? join : String.valueOf(groupBy);
    }

    /** Unsigned. */
    int rowCount() {
        return rowCount;
    }

    int keyCount() {
        return keyCount;
    }

    KeySlice key(int index) {
        return keys[index];
    }

    OptionalLong asOfMs() {
        return hasAsOf ? OptionalLong.of(asOfMs) : OptionalLong.empty();
    }

    /** A moment per row, as many as were given; null if none were. */
    long @Nullable [] rowAsOfMs() {
        return rowAsOfMs;
    }

    List<LogPosition> minPositions() {
        return minPositions;
    }

    List<VersionPin> versionPins() {
        return versionPins;
    }

    boolean includeSchema() {
        return includeSchema;
    }

    /** Empty if the caller names none. */
    String knownSchemaId() {
        return knownSchemaId;
    }

    /** Id of the shard map that the caller goes by; 0: none. */
    long knownShardMap() {
        return knownShardMap;
    }

    /** Empty: all. */
    List<String> features() {
        return features;
    }
}
