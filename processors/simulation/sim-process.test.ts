import { clockContract } from '../../infra/clients/testing/clock.contract.ts';
import { drive } from './testing/drive.ts';
import { simulatedWorld } from './testing/simulated-world.ts';

clockContract("a simulated process's clock", () => {
  const { scheduler, process } = simulatedWorld();
  const driving = drive(scheduler);
  return { clock: process.clock, close: () => driving.stop() };
});
