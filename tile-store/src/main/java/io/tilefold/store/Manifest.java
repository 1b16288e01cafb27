package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a store serves: the active catalog and, per GroupBy, its versions. An immutable, durable file in the frame
 * of {@link DurableFormat}; each change makes the next number. Little-endian.
 *
 * <pre>
 *  +------------------------------------------------------------------------------------------------------------+
 *  | magic "TFMANIFS" long | format int | shard group int | shard count int | GroupBys G int | number long      |
 *  +------------------------------------------------------------------------------------------------------------+
 *  | G times: id 32 bytes | flags int | name length int | activation long                                       |
 *  |          current version long, B long | former version long, B long | name, UTF-8                          |
 *  +------------------------------------------------------------------------------------------------------------+
 *  | catalog length int | catalog                                                                               |
 *  +------------------------------------------------------------------------------------------------------------+
 *  | CRC-32C of all before int | file length int | magic "TFMANEND" long                                        |
 *  +------------------------------------------------------------------------------------------------------------+
 *   flags: 1 has live tiles, 2 has a current version, 4 has a former version, 8 live is still catching up
 * </pre>
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; the catalog's bytes are handed through
record Manifest(long number, int shardGroup, int shardCount, byte[] catalog, List<Entry> groupBys) {
    static final int FORMAT_VERSION = 1;

    private static final DurableFormat FORMAT =
            new DurableFormat("manifest", Magic.of("TFMANIFS"), Magic.of("TFMANEND"), FORMAT_VERSION, FORMAT_VERSION);
    private static final int FIXED_LENGTH =
            4 * Integer.BYTES + Long.BYTES; // what is there without GroupBys and catalog
    private static final int ID_LENGTH = 32;
    private static final int ENTRY_FIXED_LENGTH = ID_LENGTH + 2 * Integer.BYTES + 5 * Long.BYTES;
    private static final int LIVE = 1;
    private static final int CURRENT = 2;
    private static final int FORMER = 4;
    private static final int CATCHING_UP = 8;

    /**
     * One GroupBy.
     *
     * @param catchingUp live lacks events that were there before the GroupBy was
     * @param activation which of its activations in the generation: names its live directory
     */
    record Entry(
            DefinitionId id,
            String name,
            boolean hasLive,
            boolean catchingUp,
            long activation,
            @Nullable Version current,
            @Nullable Version former) {
        /** The same as of the former version. */
        Entry ofFormer() {
            return new Entry(id, name, hasLive, catchingUp, activation, former, null);
        }

        boolean uses(long version) {
            return (current != null && current.number() == version) || (former != null && former.number() == version);
        }
    }

    void write(StoreFiles files, Path file) {
        int length = FIXED_LENGTH + catalog.length;
        List<byte[]> names = new ArrayList<>();
        for (Entry entry : groupBys) {
            byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
            names.add(name);
            length += ENTRY_FIXED_LENGTH + name.length;
        }
        ByteBuffer bytes = FORMAT.begin(length);
        bytes.putInt(shardGroup).putInt(shardCount).putInt(groupBys.size()).putLong(number);
        for (int i = 0; i < groupBys.size(); i++) {
            put(bytes, groupBys.get(i), names.get(i));
        }
        bytes.putInt(catalog.length).put(catalog);
        DurableFile.write(files, file, FORMAT.end(bytes));
    }

    private static void put(ByteBuffer bytes, Entry entry, byte[] name) {
        int flags = (entry.hasLive ? LIVE : 0)
                | (entry.current != null ? CURRENT : 0)
                | (entry.former != null ? FORMER : 0)
                | (entry.catchingUp ? CATCHING_UP : 0);
        bytes.put(HexFormat.of().parseHex(entry.id.hex()))
                .putInt(flags)
                .putInt(name.length)
                .putLong(entry.activation);
        put(bytes, entry.current);
        put(bytes, entry.former);
        bytes.put(name);
    }

    private static void put(ByteBuffer bytes, @Nullable Version version) {
        bytes.putLong(version == null ? 0 : version.number()).putLong(version == null ? 0 : version.batchEndMs());
    }

    /**
     * Reads a manifest.
     *
     * @return null if there is no such file
     * @throws StoreException naming the file, if it is damaged, of another format, or not what is expected under this number
     */
    static @Nullable Manifest read(StoreDirectory directory, long number, StoreIdentity identity) {
        Path file = directory.manifest(number);
        byte[] content = DurableFile.read(directory.files(), file);
        if (content == null) {
            return null;
        }
        Manifest manifest = FORMAT.parse(file, content, Manifest::parse);
        if (manifest.number != number
                || manifest.shardGroup != identity.shardGroup()
                || manifest.shardCount != identity.shardCount()) {
            throw new StoreException(
                    StoreException.Code.MISMATCH,
                    file + ", offset " + DurableFormat.HEADER_LENGTH + ": manifest " + manifest.number
                            + " of shard group " + manifest.shardGroup + " with " + manifest.shardCount
                            + " shards; expected is " + number + " of " + identity);
        }
        return manifest;
    }

    private static Manifest parse(ByteBuffer bytes) {
        int shardGroup = bytes.getInt();
        int shardCount = bytes.getInt();
        int count = bytes.getInt();
        long number = bytes.getLong();
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] id = take(bytes, ID_LENGTH);
            int flags = bytes.getInt();
            int nameLength = bytes.getInt();
            long activation = bytes.getLong();
            Version current = new Version(bytes.getLong(), bytes.getLong());
            Version former = new Version(bytes.getLong(), bytes.getLong());
            byte[] name = take(bytes, nameLength);
            entries.add(new Entry(
                    new DefinitionId(HexFormat.of().formatHex(id)),
                    new String(name, StandardCharsets.UTF_8),
                    (flags & LIVE) != 0,
                    (flags & CATCHING_UP) != 0,
                    activation,
                    (flags & CURRENT) != 0 ? current : null,
                    (flags & FORMER) != 0 ? former : null));
        }
        byte[] catalog = take(bytes, bytes.getInt());
        return new Manifest(number, shardGroup, shardCount, catalog, List.copyOf(entries));
    }

    private static byte[] take(ByteBuffer bytes, int length) {
        if (length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] taken = new byte[length];
        bytes.get(taken);
        return taken;
    }
}
