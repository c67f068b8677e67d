// Loaded into the server of the benchmark: collects garbage when it is asked to, and answers with the memory that is left.
process.on('message', async () => {
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.send(process.memoryUsage());
});
process.channel.unref();
