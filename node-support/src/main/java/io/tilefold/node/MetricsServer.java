package io.tilefold.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code GET /metrics} over HTTP, on one thread of its own. */
public final class MetricsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    private final HttpServer server;
    private final ExecutorService executor;
    private final Supplier<String> page;

    /**
     * Begins to serve.
     *
     * @param port 0: any free one
     * @throws IOException if the port is in use
     */
    public MetricsServer(String host, int port, Supplier<String> page) throws IOException {
        this.page = page;
        try {
            this.server = HttpServer.create(new InetSocketAddress(host, port), 0);
        } catch (IOException e) {
            throw new IOException(
                    "metrics cannot be served on " + host + ":" + port + " (" + e.getMessage()
                            + "): free the port or set another metricsPort",
                    e);
        }
        this.executor = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "metrics");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(executor);
        server.createContext("/metrics", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        int code = OK;
        String text;
        try {
            text = page.get();
        } catch (RuntimeException e) {
            LOG.warn("no metrics now: {}", e.toString());
            code = UNAVAILABLE;
            text = "the node does not answer now\n";
        }
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        exchange.sendResponseHeaders(code, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
