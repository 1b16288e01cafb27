package io.tilefold.store;

import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The book of all mappings and open outputs of this process's stores, by kind and file: what is mapped is unmapped by {@link #unmap} and by
 * nothing else. Mapping is rare, so the book costs nothing. Shared by threads.
 */
public final class Mappings {
    /** What a mapped file is. */
    public enum Kind {
        CONTROL,
        SEGMENT,
        LIVE_ROOTS,
        LIVE_INDEX,
        LIVE_REGION
    }

    private record Mapping(Kind kind, Path file, int length) {}

    private static final Map<Long, Mapping> MAPPED = new ConcurrentHashMap<>();
    private static final Map<FileChannel, Path> OPEN = new ConcurrentHashMap<>();

    private Mappings() {}

    static UnsafeBuffer mapped(MappedByteBuffer bytes, Path file, Kind kind) {
        UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        if (buffer.capacity() > 0) {
            MAPPED.put(buffer.addressOffset(), new Mapping(kind, file, buffer.capacity()));
        }
        return buffer;
    }

    /** Unmaps a buffer that nothing else reads. Does nothing if it is unmapped already. */
    static void unmap(UnsafeBuffer buffer) {
        ByteBuffer bytes = buffer.byteBuffer();
        if (bytes instanceof MappedByteBuffer mapped) {
            MAPPED.remove(buffer.addressOffset());
            buffer.wrap(0, 0);
            IoUtil.unmap(mapped);
        } else {
            buffer.wrap(0, 0);
        }
    }

    static void opened(FileChannel channel, Path file) {
        OPEN.put(channel, file);
    }

    static void closed(FileChannel channel) {
        OPEN.remove(channel);
    }

    /** Bytes mapped by this process, its writers and readers together; a file mapped twice counts twice. */
    public static Map<Kind, Long> bytesByKind() {
        Map<Kind, Long> bytes = new EnumMap<>(Kind.class);
        MAPPED.values().forEach(mapping -> bytes.merge(mapping.kind, (long) mapping.length, Long::sum));
        return bytes;
    }

    /** One line for each mapping and each output that is open. */
    public static List<String> open() {
        return Stream.concat(
                        MAPPED.values().stream()
                                .map(mapping ->
                                        mapping.kind + " mapped: " + mapping.file + ", " + mapping.length + " bytes"),
                        OPEN.values().stream().map(file -> "open for writing: " + file))
                .sorted()
                .toList();
    }
}
