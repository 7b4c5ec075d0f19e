const { start } = require(process.argv[2]);

(async () => {
  for (let i = 0; i < 51; i++) {
    const began = performance.now();
    const vault = await start();
    await (await vault.fetch('sys/mounts')).json();
    const answered = performance.now() - began;
    await vault.close();
    console.log('took', answered / 1e3, (performance.now() - began) / 1e3);
  }
})();
