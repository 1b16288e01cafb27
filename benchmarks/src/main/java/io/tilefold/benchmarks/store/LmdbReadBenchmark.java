package io.tilefold.benchmarks.store;

import io.tilefold.core.tile.BaseRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.DirectBufferProxy;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;
import org.openjdk.jmh.annotations.Param;

/**
 * LMDB: a B+ tree in one mapped file. Filled in key order, page after page; read without copy through Agrona's buffers, without locks, without the
 * binding's checks ({@code lmdbjava.disable.checks}).
 */
public class LmdbReadBenchmark extends ReadBenchmark {
    private static final long MAP_LENGTH = 64L << 30;
    private static final int BATCH = 100_000;

    /** One read transaction for all reads, which then see nothing newer, or one renewed for each. */
    @Param({"held", "renewed"})
    public String transaction = "held";

    private final UnsafeBuffer key = new UnsafeBuffer(ByteBuffer.allocateDirect(Population.KEY_LENGTH));
    private boolean renewed;
    private @Nullable Env<DirectBuffer> env;
    private @Nullable Dbi<DirectBuffer> database;
    private @Nullable Txn<DirectBuffer> read;

    @Override
    Stream<Path> open() throws IOException {
        System.setProperty(Env.DISABLE_CHECKS_PROP, "true");
        Path directory = StoreData.prepare("lmdb", keys, made -> write(made, keys));
        Env<DirectBuffer> opened =
                open(directory, EnvFlags.MDB_RDONLY_ENV, EnvFlags.MDB_NOLOCK, EnvFlags.MDB_NORDAHEAD);
        env = opened;
        database = opened.openDbi((byte[]) null);
        read = opened.txnRead();
        renewed = transaction.equals("renewed");
        return filesIn(directory);
    }

    private static Env<DirectBuffer> open(Path directory, EnvFlags... flags) {
        return Env.create(DirectBufferProxy.PROXY_DB)
                .setMapSize(MAP_LENGTH)
                .setMaxReaders(8)
                .open(directory.toFile(), flags);
    }

    private static void write(Path directory, int keys) throws IOException {
        UnsafeBuffer key = new UnsafeBuffer(ByteBuffer.allocateDirect(Population.KEY_LENGTH));
        try (Env<DirectBuffer> env = open(directory, EnvFlags.MDB_NOSYNC)) {
            Dbi<DirectBuffer> database = env.openDbi((byte[]) null, DbiFlags.MDB_CREATE);
            LmdbAppender appender = new LmdbAppender(env, database, BATCH);
            new RecordStream().forEach(keys, (encoded, record, length) -> {
                key.putBytes(0, encoded, 0, Population.KEY_LENGTH);
                appender.append(key, record, length);
            });
            appender.finish();
            env.sync(true);
        }
    }

    /** Appends in transactions of many records. */
    private static final class LmdbAppender {
        private final Env<DirectBuffer> env;
        private final Dbi<DirectBuffer> database;
        private final int batch;
        private Txn<DirectBuffer> write;
        private int count;

        LmdbAppender(Env<DirectBuffer> env, Dbi<DirectBuffer> database, int batch) {
            this.env = env;
            this.database = database;
            this.batch = batch;
            this.write = env.txnWrite();
        }

        void append(DirectBuffer key, DirectBuffer record, int length) {
            ((UnsafeBuffer) database.reserve(write, key, length, PutFlags.MDB_APPEND)).putBytes(0, record, 0, length);
            if (++count % batch == 0) {
                finish();
                write = env.txnWrite();
            }
        }

        void finish() {
            write.commit();
            write.close();
        }
    }

    @Override
    void close() {
        Objects.requireNonNull(read).close();
        Objects.requireNonNull(env).close();
    }

    @Override
    void find(long number, BaseRecord found) {
        Txn<DirectBuffer> transactionNow = Objects.requireNonNull(read);
        if (renewed) {
            transactionNow.reset();
            transactionNow.renew();
        }
        Population.encodeKey(number, key);
        DirectBuffer value = Objects.requireNonNull(database).get(transactionNow, key);
        found.wrap(Objects.requireNonNull(value), 0);
    }
}
