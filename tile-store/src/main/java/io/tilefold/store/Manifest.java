package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.definition.DefinitionId;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a store serves: the active catalog and, per GroupBy, its versions. An immutable, durable file; each change makes the next number.
 * Little-endian.
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
 *   flags: 1 has live tiles, 2 has a current version, 4 has a former version
 * </pre>
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; the catalog's bytes are handed through
record Manifest(long number, int shardGroup, int shardCount, byte[] catalog, List<Entry> groupBys) {
    static final int FORMAT_VERSION = 1;
    private static final long HEADER_MAGIC = Magic.of("TFMANIFS");
    private static final long FOOTER_MAGIC = Magic.of("TFMANEND");
    private static final int HEADER_LENGTH = 2 * Long.BYTES + 4 * Integer.BYTES;
    private static final int FOOTER_LENGTH = Long.BYTES + 2 * Integer.BYTES;
    private static final int ID_LENGTH = 32;
    private static final int ENTRY_FIXED_LENGTH = ID_LENGTH + 2 * Integer.BYTES + 5 * Long.BYTES;
    private static final int LIVE = 1;
    private static final int CURRENT = 2;
    private static final int FORMER = 4;

    /**
     * One GroupBy.
     *
     * @param activation which of its activations in the generation: names its live directory
     */
    record Entry(
            DefinitionId id,
            String name,
            boolean hasLive,
            long activation,
            @Nullable Version current,
            @Nullable Version former) {
        boolean uses(long version) {
            return (current != null && current.number() == version) || (former != null && former.number() == version);
        }
    }

    void write(Path file) {
        int length = HEADER_LENGTH + Integer.BYTES + catalog.length + FOOTER_LENGTH;
        List<byte[]> names = new ArrayList<>();
        for (Entry entry : groupBys) {
            byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
            names.add(name);
            length += ENTRY_FIXED_LENGTH + name.length;
        }
        ByteBuffer bytes = ByteBuffer.allocate(length).order(LITTLE_ENDIAN);
        bytes.putLong(HEADER_MAGIC).putInt(FORMAT_VERSION).putInt(shardGroup).putInt(shardCount);
        bytes.putInt(groupBys.size()).putLong(number);
        for (int i = 0; i < groupBys.size(); i++) {
            put(bytes, groupBys.get(i), names.get(i));
        }
        bytes.putInt(catalog.length).put(catalog);
        bytes.putInt(crc(bytes.array(), bytes.position())).putInt(length).putLong(FOOTER_MAGIC);
        StoreFiles.writeDurably(file, bytes.flip());
    }

    private static void put(ByteBuffer bytes, Entry entry, byte[] name) {
        int flags = (entry.hasLive ? LIVE : 0)
                | (entry.current != null ? CURRENT : 0)
                | (entry.former != null ? FORMER : 0);
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
     * @throws StoreException naming the file, if it is damaged or of another format
     */
    static @Nullable Manifest read(Path file) {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw StoreFiles.io("cannot read " + file, e);
        }
        ByteBuffer bytes = ByteBuffer.wrap(content).order(LITTLE_ENDIAN);
        check(file, content, bytes);
        try {
            return parse(bytes.position(0));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new StoreException(StoreException.Code.CORRUPT, file + ": its contents contradict their lengths", e);
        }
    }

    private static void check(Path file, byte[] content, ByteBuffer bytes) {
        int length = content.length;
        if (length < HEADER_LENGTH + FOOTER_LENGTH || bytes.getLong() != HEADER_MAGIC) {
            throw new StoreException(StoreException.Code.CORRUPT, file + " is no manifest");
        }
        int format = bytes.getInt();
        if (format != FORMAT_VERSION) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    file + " has format " + format + "; this build reads " + FORMAT_VERSION);
        }
        bytes.position(length - FOOTER_LENGTH);
        int crc = bytes.getInt();
        if (bytes.getInt() != length || bytes.getLong() != FOOTER_MAGIC) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, file + " has no footer: it is truncated at " + length);
        }
        if (crc != crc(content, length - FOOTER_LENGTH)) {
            throw new StoreException(StoreException.Code.CORRUPT, file + " has a wrong checksum");
        }
    }

    private static Manifest parse(ByteBuffer bytes) {
        bytes.getLong();
        bytes.getInt();
        int shardGroup = bytes.getInt();
        int shardCount = bytes.getInt();
        int count = bytes.getInt();
        long number = bytes.getLong();
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] id = new byte[ID_LENGTH];
            bytes.get(id);
            int flags = bytes.getInt();
            byte[] name = new byte[bytes.getInt()];
            long activation = bytes.getLong();
            Version current = new Version(bytes.getLong(), bytes.getLong());
            Version former = new Version(bytes.getLong(), bytes.getLong());
            bytes.get(name);
            entries.add(new Entry(
                    new DefinitionId(HexFormat.of().formatHex(id)),
                    new String(name, StandardCharsets.UTF_8),
                    (flags & LIVE) != 0,
                    activation,
                    (flags & CURRENT) != 0 ? current : null,
                    (flags & FORMER) != 0 ? former : null));
        }
        byte[] catalog = new byte[bytes.getInt()];
        bytes.get(catalog);
        return new Manifest(number, shardGroup, shardCount, catalog, List.copyOf(entries));
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
