/** What every node has towards its operators: who may call what, TLS files, and the page on which Prometheus finds metrics. */
@NullMarked
package io.tilefold.node;

import org.jspecify.annotations.NullMarked;
