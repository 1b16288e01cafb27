/* Generated SBE (Simple Binary Encoding) message codecs.*/
/**
 * Snapshots of Tilefold's ingest state
 */
package io.tilefold.ingest.snapshot.codec;
