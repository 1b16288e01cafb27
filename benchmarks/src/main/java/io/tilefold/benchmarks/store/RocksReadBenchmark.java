package io.tilefold.benchmarks.store;

import io.tilefold.core.tile.BaseRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Param;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ByteBufferGetStatus;
import org.rocksdb.ChecksumType;
import org.rocksdb.CompressionType;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.Options;
import org.rocksdb.PlainTableConfig;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteOptions;

/**
 * RocksDB, filled in key order, compacted and opened read-only, uncompressed, without checksums on reads, its files mapped. Java's
 * binding has no read without copy: values come into a direct buffer.
 */
public class RocksReadBenchmark extends ReadBenchmark {
    private static final long WRITE_BUFFER_LENGTH = 256 << 20;
    private static final int VALUE_LENGTH_MAX = 4096;

    /** {@code plain}: hashed on the whole key, made for memory; {@code block}: 4 KiB blocks with hash index and Bloom filter. */
    @Param({"plain", "block"})
    public String table = "plain";

    private final ByteBuffer key = ByteBuffer.allocateDirect(Population.KEY_LENGTH);
    private final UnsafeBuffer keyBytes = new UnsafeBuffer(key);
    private final ByteBuffer value = ByteBuffer.allocateDirect(VALUE_LENGTH_MAX);
    private final UnsafeBuffer valueBytes = new UnsafeBuffer(value);
    private final List<ByteBuffer> keysOfBatch = buffers(Population.KEY_LENGTH);
    private final List<ByteBuffer> valuesOfBatch = buffers(VALUE_LENGTH_MAX);
    private final BaseRecord recordOfBatch = new BaseRecord();
    private @Nullable Options options;
    private @Nullable ReadOptions readOptions;
    private @Nullable RocksDB database;

    @Override
    Stream<Path> open() throws IOException {
        RocksDB.loadLibrary();
        Path directory = StoreData.prepare("rocksdb-" + table, keys, this::write);
        try {
            options = options();
            readOptions = new ReadOptions().setVerifyChecksums(false);
            database = RocksDB.openReadOnly(options, directory.toString());
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
        return filesIn(directory);
    }

    private Options options() {
        Options made = new Options()
                .setCreateIfMissing(true)
                .setAllowMmapReads(true)
                .setAllowMmapWrites(false)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setMaxOpenFiles(-1)
                .setSkipStatsUpdateOnDbOpen(true);
        if (table.equals("plain")) {
            return made.useFixedLengthPrefixExtractor(Population.KEY_LENGTH)
                    .setTableFormatConfig(new PlainTableConfig()
                            .setKeySize(Population.KEY_LENGTH)
                            .setBloomBitsPerKey(0)
                            .setHashTableRatio(0.6)
                            .setIndexSparseness(1));
        }
        return made.setTableFormatConfig(new BlockBasedTableConfig()
                .setFormatVersion(6)
                .setChecksumType(ChecksumType.kNoChecksum)
                .setBlockSize(4096)
                .setNoBlockCache(true) // blocks are mapped and uncompressed: the file is the cache
                .setCacheIndexAndFilterBlocks(false)
                .setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash)
                .setDataBlockHashTableUtilRatio(0.75)
                .setFilterPolicy(new BloomFilter(10, false)));
    }

    private void write(Path directory) throws IOException {
        ByteBuffer record = ByteBuffer.allocateDirect(VALUE_LENGTH_MAX);
        try (Options made =
                        options().setWriteBufferSize(WRITE_BUFFER_LENGTH).setTargetFileSizeBase(WRITE_BUFFER_LENGTH);
                WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
                RocksDB filled = RocksDB.open(made, directory.toString())) {
            new RecordStream().forEach(keys, (encoded, bytes, length) -> {
                keyBytes.putBytes(0, encoded, 0, Population.KEY_LENGTH);
                bytes.getBytes(0, record, 0, length);
                put(filled, unlogged, record.position(0).limit(length));
            });
            filled.compactRange();
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
    }

    private void put(RocksDB filled, WriteOptions how, ByteBuffer record) throws IOException {
        try {
            filled.put(how, key.clear(), record);
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
    }

    @Override
    void close() {
        Objects.requireNonNull(database).close();
        Objects.requireNonNull(readOptions).close();
        Objects.requireNonNull(options).close();
    }

    @Override
    void find(long number, BaseRecord found) {
        Population.encodeKey(number, keyBytes);
        try {
            int length = Objects.requireNonNull(database)
                    .get(Objects.requireNonNull(readOptions), key.clear(), value.clear());
            if (length == RocksDB.NOT_FOUND) {
                throw new IllegalStateException("key " + number);
            }
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
        found.wrap(valueBytes, 0);
    }

    /** By multiGet, which reads the keys of a call together. */
    @Override
    void findAll(long[] numbers, Consumer<BaseRecord> each) {
        for (int i = 0; i < numbers.length; i++) {
            keyBytes.wrap(keysOfBatch.get(i).clear());
            Population.encodeKey(numbers[i], keyBytes);
            valuesOfBatch.get(i).clear();
        }
        keyBytes.wrap(key);
        List<ByteBufferGetStatus> answers;
        try {
            answers = Objects.requireNonNull(database)
                    .multiGetByteBuffers(Objects.requireNonNull(readOptions), keysOfBatch, valuesOfBatch);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
        for (ByteBufferGetStatus answer : answers) {
            if (answer.status.getCode() != Status.Code.Ok) {
                throw new IllegalStateException(String.valueOf(answer.status.getState()));
            }
            valueBytes.wrap(answer.value);
            each.accept(recordOfBatch.wrap(valueBytes, 0));
        }
        valueBytes.wrap(value);
    }

    private static List<ByteBuffer> buffers(int length) {
        return Stream.generate(() -> ByteBuffer.allocateDirect(length))
                .limit(BATCH)
                .toList();
    }
}
